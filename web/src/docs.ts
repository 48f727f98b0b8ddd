import 'swagger-ui-dist/swagger-ui.css'
// @ts-expect-error: the bundle comes without types
import SwaggerUI from 'swagger-ui-dist/swagger-ui-es-bundle.js'

SwaggerUI({ dom_id: '#docs', url: '/openapi.json', validatorUrl: null, deepLinking: true })
