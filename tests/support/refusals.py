"""What models answer instead of a page's text, and pages that begin so: twenty each, by language.

All are made up. A page is what a printed or written page may say; a refusal is what it must not be
taken for.
"""

REFUSALS = {
    "en": [
        "I'm sorry, but I can't assist with that.",
        "I apologize, but I am unable to transcribe the text in this image.",
        "The image appears to contain no visible text.",
        "The provided image is too blurry to make out any words.",
        (
            "I cannot read the handwriting on this page. Could you upload a scan"
            " with a higher resolution?"
        ),
        "Unfortunately, the text in the image is illegible.",
        "I don't see any text in this image. If you meant to share another one, please upload it.",
        "As an AI language model, I do not have the ability to view images.",
        "There is no readable text in the image you provided.",
        (
            "It looks like no image was attached. Please upload the page you would"
            " like me to transcribe."
        ),
        "I'm unable to process this document because it may contain personal information.",
        "Sorry, I couldn't detect any text on this page.",
        "I must decline to transcribe this page, as it is protected by copyright.",
        "The page seems to be blank, so there is nothing to transcribe.",
        (
            "Thank you for sharing the image. Unfortunately, I can't make out the"
            " text clearly enough to"
            " transcribe it."
        ),
        (
            "I'm sorry, but I can't help with transcribing this image.\n\nThe image is of very low"
            " resolution, and most of the text is not legible. If you can provide"
            " a clearer version of"
            " the image, I would be happy to help.\n\nHere are some"
            " suggestions:\n\n1. Scan the document"
            " at a higher resolution.\n2. Make sure the page is well lit.\n3. Upload the image in"
            " another format.\n\nPlease let me know if you need anything else."
        ),
        "**I'm not able to extract text from this image.** The photo is out of focus.",
        (
            "I am unable to view or analyze images directly. However, if you"
            " describe the content of"
            " the page, I can help you with it."
        ),
        (
            "The image you provided appears to be completely black, with no"
            " discernible text or content."
        ),
        "No text could be detected in the provided image. Please check the file and try again.",
    ],
    "es": [
        "Lo siento, pero no puedo ayudar con eso.",
        "Lo siento, no puedo transcribir el texto de esta imagen.",
        "La imagen está demasiado borrosa para poder leerla.",
        "No puedo leer el texto de la página. ¿Podrías subir una imagen con mejor resolución?",
        "Lamentablemente, el texto de la imagen es ilegible.",
        "La imagen proporcionada no contiene ningún texto que pueda transcribirse.",
        "No parece haber ningún texto legible en la imagen.",
        "Como modelo de lenguaje, no puedo ver imágenes.",
        "Disculpa, no me es posible procesar este documento.",
        (
            "Parece que no se ha adjuntado ninguna imagen. Por favor, sube la"
            " página que quieres que"
            " transcriba."
        ),
        "No tengo la capacidad de ver imágenes directamente.",
        "Lo lamento, pero no puedo cumplir con esta solicitud.",
        "La página parece estar en blanco.",
        (
            "Gracias por compartir la imagen. Desafortunadamente, no puedo distinguir el texto con"
            " claridad."
        ),
        "Lo siento, pero no puedo transcribir este documento porque contiene información personal.",
        "El texto de la imagen no es legible debido a la baja calidad del escaneo.",
        "No puedo ayudarte con esta solicitud.",
        "**Lo siento**, la calidad de la imagen es muy baja y no puedo leer el contenido.",
        (
            "Lo siento, no puedo extraer el texto de esta imagen.\n\nLa imagen es"
            " muy oscura y el texto"
            " no se lee con claridad. Si puedes enviar una versión más nítida, te"
            " ayudaré con gusto."
            "\n\n- Asegúrate de que la imagen sea clara.\n- Sube el archivo en otro formato."
        ),
        "La imagen que has enviado está completamente en negro y no muestra ningún texto.",
    ],
    "pt": [
        "Desculpe, mas não posso ajudar com isso.",
        "Sinto muito, não consigo transcrever o texto desta imagem.",
        "A imagem está muito desfocada para ser lida.",
        "Não consigo ler o texto da página. Você poderia enviar uma imagem com melhor resolução?",
        "Infelizmente, o texto na imagem é ilegível.",
        "A imagem fornecida não contém nenhum texto que possa ser transcrito.",
        "Parece não haver texto legível na imagem.",
        "Como um modelo de linguagem, não posso ver imagens.",
        "Desculpa, não é possível processar este documento.",
        "Parece que nenhuma imagem foi anexada. Por favor, envie a página que deseja transcrever.",
        "Não tenho a capacidade de visualizar imagens.",
        "Lamento, mas não posso atender a este pedido.",
        "A página parece estar em branco.",
        (
            "Obrigado por compartilhar a imagem. Infelizmente, não consigo identificar o texto com"
            " clareza."
        ),
        "Sinto muito, mas não posso transcrever este documento porque contém informações pessoais.",
        "O texto da imagem não está legível devido à baixa qualidade da digitalização.",
        "Não posso te ajudar com este pedido.",
        "Eu não consigo ver nenhum texto nesta imagem.",
        (
            "Desculpe, não consigo extrair o texto desta imagem.\n\nA imagem está muito escura e o"
            " texto não está legível. Se você puder enviar uma versão mais nítida, terei prazer em"
            " ajudar.\n\n- Verifique se a imagem está clara.\n- Envie o arquivo em outro formato."
        ),
        "A imagem que você enviou está completamente preta e não mostra nenhum texto.",
    ],
    "fr": [
        "Désolé, mais je ne peux pas vous aider avec cela.",
        "Je suis désolé, je ne peux pas transcrire le texte de cette image.",
        "L'image est trop floue pour être lue.",
        (
            "Je n'arrive pas à lire le texte de la page. Pourriez-vous envoyer une"
            " image de meilleure"
            " résolution ?"
        ),
        "Malheureusement, le texte de l'image est illisible.",
        "L'image fournie ne contient aucun texte lisible.",
        "Il semble qu'aucun texte ne soit lisible dans l'image.",
        "En tant que modèle de langage, je ne peux pas voir les images.",
        "Je ne suis pas en mesure de traiter ce document.",
        "Je ne vois pas d'image. Veuillez joindre la page que vous souhaitez transcrire.",
        "Je n'ai pas la capacité de visualiser des images.",
        "Je regrette, mais je ne peux pas répondre à cette demande.",
        "La page semble être vide.",
        "Merci d'avoir partagé l'image. Malheureusement, je ne parviens pas à distinguer le texte.",
        (
            "Je suis désolée, mais je ne peux pas transcrire ce document car il contient des"
            " informations personnelles."
        ),
        (
            "Le texte de l'image n'est pas lisible en raison de la mauvaise"
            " qualité de la numérisation."
        ),
        "Il m'est impossible de déchiffrer l'écriture sur cette page.",
        "Il n'y a pas de texte lisible sur cette image.",
        (
            "Je suis désolé, je ne peux pas extraire le texte de cette"
            " image.\n\nL'image est très sombre"
            " et le texte n'est pas lisible. Si vous pouvez fournir une version"
            " plus nette, je serai"
            " heureux de vous aider.\n\n- Vérifiez que l'image est claire.\n-"
            " Envoyez le fichier dans un"
            " autre format."
        ),
        "L'image que vous avez envoyée est entièrement noire et ne contient aucun texte.",
    ],
    "de": [
        "Es tut mir leid, aber dabei kann ich nicht helfen.",
        "Entschuldigung, ich kann den Text auf diesem Bild nicht transkribieren.",
        "Das Bild ist zu unscharf, um den Text zu lesen.",
        (
            "Ich kann den Text auf der Seite nicht lesen. Könnten Sie ein Bild mit"
            " höherer Auflösung"
            " hochladen?"
        ),
        "Leider ist der Text auf dem Bild unleserlich.",
        "Das bereitgestellte Bild enthält keinen lesbaren Text.",
        "Auf dem Bild ist kein Text zu erkennen.",
        "Als KI-Sprachmodell kann ich keine Bilder sehen.",
        "Ich bin leider nicht in der Lage, dieses Dokument zu verarbeiten.",
        "Ich sehe kein Bild. Bitte laden Sie die Seite hoch, die ich transkribieren soll.",
        "Ich habe nicht die Möglichkeit, Bilder anzusehen.",
        "Tut mir leid, ich kann diese Anfrage nicht erfüllen.",
        "Die Seite scheint leer zu sein.",
        "Danke für das Bild. Leider kann ich den Text nicht deutlich genug erkennen.",
        (
            "Es tut mir leid, aber ich kann dieses Dokument nicht transkribieren,"
            " da es persönliche Daten"
            " enthält."
        ),
        "Der Text auf dem Bild ist wegen der geringen Auflösung nicht lesbar.",
        "Ich kann Ihnen bei dieser Anfrage leider nicht helfen.",
        "Ich kann auf diesem Bild keinen Text finden.",
        (
            "Es tut mir leid, ich kann den Text aus diesem Bild nicht"
            " extrahieren.\n\nDas Bild ist sehr"
            " dunkel, und der Text ist nicht lesbar. Wenn Sie eine schärfere"
            " Version bereitstellen, helfe"
            " ich gerne.\n\n- Achten Sie darauf, dass das Bild scharf ist.\n-"
            " Laden Sie die Datei in"
            " einem anderen Format hoch."
        ),
        "Das Bild, das Sie hochgeladen haben, ist komplett schwarz und zeigt keinen Text.",
    ],
    "it": [
        "Mi dispiace, ma non posso aiutarti con questo.",
        "Mi dispiace, non posso trascrivere il testo di questa immagine.",
        "L'immagine è troppo sfocata per essere letta.",
        (
            "Non riesco a leggere il testo della pagina. Potresti caricare un'immagine con una"
            " risoluzione migliore?"
        ),
        "Purtroppo il testo nell'immagine è illeggibile.",
        "L'immagine fornita non contiene alcun testo leggibile.",
        "Non vedo alcun testo nell'immagine.",
        "In quanto modello linguistico, non posso vedere le immagini.",
        "Spiacente, non sono in grado di elaborare questo documento.",
        (
            "Sembra che non sia stata allegata nessuna immagine. Carica la pagina"
            " che vuoi trascrivere."
        ),
        "Non ho la capacità di visualizzare immagini.",
        "Mi scuso, ma non posso soddisfare questa richiesta.",
        "La pagina sembra essere vuota.",
        "Grazie per aver condiviso l'immagine. Purtroppo non riesco a distinguere il testo.",
        "Mi dispiace, ma non posso trascrivere questo documento perché contiene dati personali.",
        "Il testo dell'immagine non è leggibile a causa della bassa qualità della scansione.",
        "Non posso aiutarti con questa richiesta.",
        "Nessun testo visibile nell'immagine che possa essere trascritto.",
        (
            "Mi dispiace, non posso estrarre il testo da questa"
            " immagine.\n\nL'immagine è molto scura e il"
            " testo non è leggibile. Se puoi fornire una versione più nitida, sarò"
            " felice di aiutarti."
            "\n\n- Assicurati che l'immagine sia chiara.\n- Carica il file in un altro formato."
        ),
        "L'immagine che hai inviato è completamente nera e non mostra alcun testo.",
    ],
}

PAGES = {
    "en": [
        (
            "I'm sorry, but I can't help with that, the clerk said, and closed the"
            " window. Behind me the"
            " queue had grown to thirty people."
        ),
        (
            "Dear Mr Hale,\n\nI am sorry, but I cannot read the invoice that you"
            " sent me. The text is too"
            " small. Please send me a clearer copy.\n\nYours sincerely,\nK. Moore"
        ),
        (
            "“I'm sorry, but I can't assist with that request.”\n\nThis is what an"
            " assistant says when a"
            " rule forbids an answer. The rules themselves are seldom published."
        ),
        (
            "I cannot view the garden from my window any more. They have built a"
            " garage, and on its roof"
            " a man keeps pigeons."
        ),
        (
            "Unfortunately, I cannot identify the man in the photograph who stands"
            " beside my grandmother"
            " at the fair in Leeds."
        ),
        (
            "Agent: I'm sorry, I can't help you with that.\nCustomer: Then who"
            " can?\nAgent: Please hold"
            " the line."
        ),
        (
            "The image is blurred because the camera moved during the exposure of"
            " two seconds. Exercise"
            " 4: repeat it with a tripod."
        ),
        (
            "The image shows the west front of the abbey before the fire of 1822."
            " The north tower was"
            " never rebuilt."
        ),
        "There is no text without a reader, wrote the critic in his last lecture at Bologna.",
        "Figure 12. The page is blank but for the watermark, which dates the paper to 1641.",
        "I am unable to accept the position of secretary that the committee kindly offered me.",
        "Sorry! We missed you.\nYour parcel is at 14 Elm Road.",
        "This page intentionally left blank.",
        "As an AI company, we publish every incident in a register that is open to the public.",
        "I apologize for the late reply. The ferry was cancelled, and with it the post.",
        (
            "Why can't I see the image?\nClick Tools, then Options, and tick Show pictures. Restart"
            " Mailer 4.2 afterwards."
        ),
        "I cannot describe the sea that night; it was black, and it sang.",
        "We are sorry to inform you that the museum's reading room is closed until 3 March.",
        "The document is confidential. It must not be copied without the consent of Harlow & Sons.",
        (
            "I can't read. I never learned. My sister went to the school in"
            " Dunmore, and I had the goats."
        ),
    ],
    "es": [
        "Lo siento, no puedo ayudarle —dijo el portero, y siguió barriendo las hojas del patio.",
        (
            "Estimado señor Ruiz:\n\nLamento no poder leer la factura que me"
            " envió, pues el texto es"
            " demasiado pequeño. Le ruego que me mande otra copia.\n\nAtentamente,\nCarmen Soto"
        ),
        (
            "«Lo siento, no puedo ayudarte con eso.» Así responde la máquina cuando una norma se lo"
            " prohíbe, y el usuario nunca sabe cuál."
        ),
        "No puedo ver el mar desde que levantaron la fábrica de conservas frente a nuestra casa.",
        "La imagen muestra la fachada de la catedral antes del terremoto de 1755.",
        (
            "La imagen está borrosa porque la cámara se movió. Ejercicio 3: repite"
            " la toma con trípode."
        ),
        "No hay texto más antiguo en castellano que las glosas del monasterio.",
        (
            "Lamentablemente no podemos aceptar su reclamación, presentada fuera"
            " de plazo el 7 de mayo."
        ),
        "Disculpe las molestias. Ascensor averiado. Use la escalera norte.",
        (
            "Agente: Lo siento, no puedo ayudarle con eso.\nCliente: ¿Y quién"
            " puede?\nAgente: Espere,"
            " por favor."
        ),
        "Esta página se ha dejado en blanco intencionadamente.",
        "No puedo leer tu carta sin pensar en el verano que pasamos en Cádiz.",
        "Lo siento mucho. Era un hombre bueno y todo el pueblo lo quería.",
        "Perdona que no te escribiera antes: el cartero no sube al puerto con la nieve.",
        "No puedo describir lo que sentí cuando el tren entró en la estación de Irún.",
        "Como modelo de conducta, el maestro Ferrer fue recordado por tres generaciones.",
        "El documento es confidencial y no puede copiarse sin permiso de Hijos de Olmedo, S. L.",
        "Lo siento por la demora. El pedido salió ayer de Valencia.",
        "No veo la imagen de la Virgen desde mi banco, dijo la anciana, pero la oigo.",
        "No tengo acceso a la huerta: mi primo Anselmo cambió la cerradura en octubre.",
    ],
    "pt": [
        "Sinto muito, não posso ajudar — disse o porteiro, e voltou a varrer o pátio.",
        (
            "Prezado senhor Nunes,\n\nlamento não conseguir ler a fatura que me"
            " enviou, pois a letra é"
            " muito pequena. Peço que mande outra cópia.\n\nAtenciosamente,\nRita Sales"
        ),
        (
            "«Desculpe, mas não posso ajudar com isso.» Assim responde a máquina quando uma regra o"
            " proíbe, e ninguém sabe qual."
        ),
        "Não posso ver o mar desde que ergueram a fábrica diante da nossa casa.",
        "A imagem mostra a fachada da sé antes do terremoto de 1755.",
        "A imagem ficou desfocada porque a câmera se moveu. Exercício 3: repita com tripé.",
        "Não há texto mais antigo na língua do que o testamento de 1214.",
        (
            "Infelizmente não podemos aceitar a sua reclamação, apresentada fora"
            " do prazo em 7 de maio."
        ),
        "Desculpe o transtorno. Elevador quebrado. Use a escada norte.",
        (
            "Atendente: Desculpe, não posso ajudar com isso.\nCliente: E quem"
            " pode?\nAtendente: Aguarde"
            " na linha."
        ),
        "Esta página foi intencionalmente deixada em branco.",
        "Não consigo ler a tua carta sem pensar no verão que passámos em Tavira.",
        "Sinto muito. Era um homem bom, e toda a aldeia gostava dele.",
        "Desculpa não ter escrito antes: o carteiro não sobe a serra com neve.",
        "Não consigo descrever o que senti quando o comboio entrou em Coimbra.",
        "Como modelo de conduta, o mestre Ferreira foi lembrado por três gerações.",
        "O documento é confidencial e não pode ser copiado sem licença de Filhos de Azevedo, Lda.",
        "Lamento a demora. A encomenda saiu ontem de Braga.",
        "Não vejo a imagem da Virgem do meu banco, disse a velha, mas ouço-a.",
        "Não tenho acesso à horta: o meu primo Anselmo mudou a fechadura em outubro.",
    ],
    "fr": [
        (
            "Je suis désolé, je ne peux pas vous aider, dit le portier, et il se"
            " remit à balayer la cour."
        ),
        (
            "Cher Monsieur Petit,\n\nje regrette de ne pas pouvoir lire la facture que vous m'avez"
            " envoyée, car les caractères sont trop petits. Veuillez m'en adresser"
            " une autre.\n\nBien à"
            " vous,\nClaire Noël"
        ),
        (
            "« Désolé, mais je ne peux pas vous aider avec cela. » Ainsi répond la"
            " machine quand une règle"
            " le lui défend, et nul ne sait laquelle."
        ),
        "Je ne peux plus voir la mer depuis qu'on a bâti la conserverie devant chez nous.",
        "L'image montre la façade de la cathédrale avant l'incendie de 1836.",
        "L'image est floue parce que l'appareil a bougé. Exercice 3 : recommencez avec un trépied.",
        "Il n'y a pas de texte sans lecteur, disait le critique à Bologne.",
        (
            "Malheureusement, nous ne pouvons pas accepter votre réclamation,"
            " déposée hors délai le 7 mai."
        ),
        "Désolés pour la gêne. Ascenseur en panne. Prenez l'escalier nord.",
        (
            "Agent : Désolé, je ne peux pas vous aider avec cela.\nCliente : Et"
            " qui donc ?\nAgent : Ne"
            " quittez pas."
        ),
        "Cette page est laissée blanche intentionnellement.",
        "Je ne peux pas lire ta lettre sans penser à l'été que nous avons passé à Dinard.",
        "Je suis désolée. C'était un homme bon, et tout le village l'aimait.",
        "Excuse-moi de n'avoir pas écrit plus tôt : le facteur ne monte pas au col sous la neige.",
        "Je ne peux pas décrire ce que j'ai ressenti quand le train est entré en gare de Metz.",
        "En tant que modèle de vertu, maître Ferrand fut cité pendant trois générations.",
        "Le document est confidentiel et ne peut être copié sans l'accord de Lemaire et Fils.",
        "Je regrette le retard. La commande est partie hier de Lyon.",
        "Je ne vois pas l'image de la Vierge de mon banc, dit la vieille, mais je l'entends.",
        "Je n'ai pas accès au potager : mon cousin Anselme a changé la serrure en octobre.",
    ],
    "de": [
        (
            "Es tut mir leid, ich kann Ihnen nicht helfen, sagte der Pförtner und"
            " fegte weiter den Hof."
        ),
        (
            "Sehr geehrter Herr Lang,\n\nleider kann ich die Rechnung, die Sie mir"
            " geschickt haben, nicht"
            " lesen, da die Schrift zu klein ist. Bitte senden Sie mir eine andere Kopie.\n\nMit"
            " freundlichen Grüßen\nA. Vogt"
        ),
        (
            "„Es tut mir leid, aber dabei kann ich nicht helfen.“ So antwortet die"
            " Maschine, wenn eine"
            " Regel es verbietet, und niemand weiß, welche."
        ),
        "Ich kann das Meer nicht mehr sehen, seit sie die Fabrik vor unser Haus gebaut haben.",
        "Das Bild zeigt die Westfassade des Doms vor dem Brand von 1822.",
        (
            "Das Bild ist unscharf, weil die Kamera sich bewegt hat. Übung 3:"
            " Wiederhole es mit Stativ."
        ),
        "Es gibt keinen Text ohne Leser, sagte der Kritiker in Bologna.",
        "Leider können wir Ihre Beschwerde nicht annehmen, da sie am 7. Mai verspätet einging.",
        "Entschuldigung! Aufzug defekt. Bitte Treppe Nord benutzen.",
        (
            "Berater: Tut mir leid, dabei kann ich nicht helfen.\nKundin: Und wer"
            " dann?\nBerater: Bleiben"
            " Sie bitte in der Leitung."
        ),
        "Diese Seite bleibt absichtlich leer.",
        "Ich kann deinen Brief nicht lesen, ohne an den Sommer auf Rügen zu denken.",
        "Es tut mir leid. Er war ein guter Mann, und das ganze Dorf hat ihn gemocht.",
        (
            "Entschuldige, dass ich nicht früher schrieb: Der Briefträger kommt"
            " bei Schnee nicht herauf."
        ),
        "Ich kann nicht beschreiben, was ich fühlte, als der Zug in Erfurt einfuhr.",
        "Als Vorbild wurde Meister Ferber noch drei Generationen später genannt.",
        (
            "Das Dokument ist vertraulich und darf ohne Zustimmung von Olm & Söhne"
            " nicht kopiert werden."
        ),
        "Es tut uns leid, dass Ihre Lieferung sich verspätet. Sie verließ gestern Kassel.",
        (
            "Ich sehe das Bild der Jungfrau von meiner Bank aus nicht, sagte die"
            " Alte, aber ich höre sie."
        ),
        (
            "Ich habe keinen Zugriff auf den Garten: Mein Vetter Anselm hat im Oktober das Schloss"
            " gewechselt."
        ),
    ],
    "it": [
        "Mi dispiace, non posso aiutarla, disse il portiere, e riprese a spazzare il cortile.",
        (
            "Egregio signor Neri,\n\npurtroppo non riesco a leggere la fattura che"
            " mi ha inviato, perché"
            " il testo è troppo piccolo. La prego di mandarmi un'altra"
            " copia.\n\nCordiali saluti,\nAda"
            " Riva"
        ),
        (
            "«Mi dispiace, ma non posso aiutarti con questo.» Così risponde la"
            " macchina quando una regola"
            " glielo vieta, e nessuno sa quale."
        ),
        "Non posso più vedere il mare da quando hanno costruito la fabbrica davanti a casa nostra.",
        "L'immagine mostra la facciata del duomo prima dell'incendio del 1822.",
        (
            "L'immagine è mossa perché la fotocamera si è spostata. Esercizio 3:"
            " ripeti con il treppiede."
        ),
        "Non c'è testo senza lettore, diceva il critico a Bologna.",
        "Purtroppo non possiamo accettare il vostro reclamo, presentato fuori termine il 7 maggio.",
        "Ci scusiamo per il disagio. Ascensore guasto. Usare la scala nord.",
        (
            "Agente: Mi dispiace, non posso aiutarla con questo.\nCliente: E chi"
            " può?\nAgente: Resti in"
            " linea."
        ),
        "Pagina lasciata intenzionalmente in bianco.",
        "Non riesco a leggere la tua lettera senza pensare all'estate passata a Grado.",
        "Mi dispiace. Era un uomo buono, e tutto il paese gli voleva bene.",
        "Scusa se non ti ho scritto prima: il postino non sale al passo con la neve.",
        "Non posso descrivere ciò che provai quando il treno entrò in stazione a Trento.",
        "Come modello di virtù, il maestro Ferri fu ricordato per tre generazioni.",
        "Il documento è riservato e non può essere copiato senza il consenso di Olmi e Figli.",
        "Mi dispiace per il ritardo. L'ordine è partito ieri da Parma.",
        "Non vedo l'immagine della Vergine dal mio banco, disse la vecchia, ma la sento.",
        "Non ho accesso all'orto: mio cugino Anselmo ha cambiato la serratura in ottobre.",
    ],
}

EMPTY_CLAIMS = [
    "There is no text on this page.",
    "The image contains no text.",
    "This page is blank.",
    "The page is empty.",
    "No text is visible in the image.",
    "La página está en blanco.",
    "La imagen no contiene texto.",
    "No hay texto en la imagen.",
    "A página está em branco.",
    "Não há texto na imagem.",
    "A imagem não contém nenhum texto.",
    "La page est vide.",
    "L'image ne contient aucun texte.",
    "Il n'y a pas de texte sur cette page.",
    "Die Seite ist leer.",
    "Das Bild enthält keinen Text.",
    "Auf dieser Seite ist kein Text vorhanden.",
    "La pagina è vuota.",
    "L'immagine non contiene alcun testo.",
    "Non c'è testo in questa immagine.",
]

#: The same of other languages, in which the commonest sentences are known.
OTHER_REFUSALS = {
    "zh": [
        "抱歉，我无法提供帮助。",
        "很抱歉，我无法识别这张图片中的文字。",
        "对不起，我不能处理这个文件。请您上传更清晰的图片。",
        "我无法读取图片中的内容。",
        "很抱歉，这张图片不包含可读的文字。",
        "抱歉，图片太模糊了，无法识别文字。",
        "对不起，我目前无法查看图片。",
    ],
    "ja": [
        "申し訳ありませんが、この画像の文字を読み取ることができません。",
        "申し訳ございませんが、そのリクエストには対応できません。",
        "すみません、画像を確認できません。",
        "画像が添付されていません。",
        "この画像のテキストは認識できませんでした。",
        "申し訳ありません。画像を表示できません。",
        "画像が不鮮明なため、文字を読み取れません。",
    ],
    "nl": [
        "Het spijt me, maar ik kan je daar niet bij helpen.",
        "Sorry, ik kan deze afbeelding niet lezen.",
        "De pagina lijkt leeg te zijn.",
        "Ik kan geen tekst herkennen in deze afbeelding.",
        "Helaas kan ik de tekst op deze pagina niet lezen.",
        "De afbeelding is te wazig om te lezen.",
        "Ik zie geen afbeelding. Upload de afbeelding die je wilt laten transcriberen.",
    ],
    "pl": [
        "Przykro mi, ale nie mogę pomóc w tej sprawie.",
        "Przepraszam, nie jestem w stanie odczytać tego dokumentu.",
        "Strona wydaje się być pusta.",
        "Niestety nie mogę przetworzyć tego obrazu.",
        "Nie widzę żadnego tekstu na tym obrazie.",
        "Obraz jest zbyt niewyraźny, aby odczytać tekst.",
        "Nie mogę transkrybować tekstu z tego zdjęcia.",
    ],
    "ru": [
        "К сожалению, я не могу помочь с этой просьбой.",
        "Извините, я не могу распознать текст на этой странице.",
        "Страница кажется пустой.",
        "Я не могу просматривать изображения.",
        "Изображение слишком размытое, чтобы прочитать текст.",
        "Простите, но я не в состоянии прочитать этот документ.",
        "Я не вижу изображения. Пожалуйста, загрузите изображение.",
    ],
    "sv": [
        "Jag är ledsen, men jag kan inte hjälpa till med den begäran.",
        "Tyvärr kan jag inte läsa texten på den här sidan.",
        "Jag kan inte se bilden.",
        "Sidan verkar vara tom.",
        "Bilden är för suddig för att läsas.",
        "Jag ser ingen bild. Ladda upp bilden som du vill få transkriberad.",
        "Jag kan tyvärr inte transkribera dokumentet.",
    ],
}
OTHER_EMPTY_CLAIMS = [
    "图片中没有文字。",
    "该图片不包含任何文字。",
    "页面是空白的。",
    "この画像には文字がありません。",
    "このページは白紙です。",
    "Deze afbeelding bevat geen tekst.",
    "De pagina is leeg.",
    "Er staat geen tekst op deze pagina.",
    "Strona jest pusta.",
    "Na tej stronie nie ma tekstu.",
    "Страница пустая.",
    "Изображение не содержит текста.",
    "Sidan är tom.",
    "Det finns ingen text på sidan.",
]
OTHER_PAGES = [
    "图片一：长江大桥\n\n摄于一九五七年",
    "抱歉，今天休息。",
    "我无法忘记那一天。\n\n雨下了一整夜。",
    "请上传身份证照片，大小不超过两兆。\n\n第三步：点击提交。",
    "申し訳ございませんが、本日は休業いたします。",
    "この写真は昭和三十年に撮影されました。",
    "文字は読めません。と祖母は言った。",
    "Sorry, wij zijn gesloten.",
    "Ik kan niet zonder je, schreef hij op de achterkant van de foto.",
    "De foto toont de haven in 1910.",
    "Helaas kunnen wij uw aanvraag niet behandelen.\n\nMet vriendelijke groet\nGemeente Delft",
    "Przepraszam, nie mogę przyjść w piątek.\n\nTwoja Ewa",
    "Na zdjęciu: rynek w Krakowie, 1905.",
    "Dokument nie zawiera podpisu. Proszę o jego uzupełnienie do 5 maja.",
    "К сожалению, магазин закрыт.",
    "На фотографии нет деда: он снимал.",
    "Я не могу забыть этот текст песни, сказала она.\n\nИ запела.",
    "Tyvärr är vi stängda.",
    "Jag kan inte komma på fredag.\n\nDin Karin",
    "Bilden visar hamnen år 1910.",
    "Sidan är avsiktligt lämnad tom.",
    "Ta strona została celowo pozostawiona pusta.",
    "Deze pagina is met opzet leeg gelaten.",
    "このページは意図的に空白にしています。",
    "本页特意留白。",
]

#: What only says what an image shows, and captions that say it of their picture.
DESCRIPTIONS = [
    "The image shows a lighthouse on a cliff. Behind it the sea is rough and the sky is grey.",
    "The photo is a close-up of a hand holding a rope. There is no text to transcribe.",
    "This picture depicts two boats in a harbour.",
    "The image is a photograph of a gull on a post. No text is visible in the image.",
    "La imagen muestra un faro sobre un acantilado. No hay texto visible.",
    "La foto muestra una gaviota en un poste.",
    "A imagem mostra um farol sobre um penhasco, com o mar ao fundo.",
    "L'image montre un phare sur une falaise. Il n'y a pas de texte visible.",
    "Das Bild zeigt einen Leuchtturm auf einer Klippe. Es ist kein Text zu sehen.",
    "L'immagine mostra un faro su una scogliera.",
]
CAPTIONS = [
    "## Excuse",
    "SORRY",
    "Pardon",
    "The image shows a lighthouse on a cliff.\n\nFigure 3",
    "The photo shows a boat of 1902.",
    "The picture shows a boat near Hirtshals, before the storm.",
    "The image shows the lighthouse before the fire.",
    "La imagen muestra un faro.\n\nLámina siete",
    "L'image montre un phare construit par Jean Rey.",
    "Das Bild zeigt den Leuchtturm vor dem Brand.",
    "A imagem mostra um farol.\n\nFotografia do autor",
    "Upload uw foto.",
    "Prosimy o przesłanie dokumentów do 5 maja.",
    "Please upload the image you want to use for your card, and press Next.",
    "Por favor, envíe la imagen del daño a su aseguradora.",
]
#: Asking for what was given, and other sentences that no page has for its only ones.
REQUESTS = [
    "I'm afraid I can't do that.",
    "I wasn't able to find any text in the image.",
    "There doesn't appear to be any text in this image.",
    "The image didn't come through. Could you try uploading it again?",
    "I will now transcribe the page.",
    "Me temo que no puedo hacerlo.",
    "Parece que la imagen no se ha cargado correctamente.",
    "Parece que a imagem não foi carregada corretamente.",
    "Das Bild wurde nicht richtig hochgeladen.",
    "Sembra che l'immagine non sia stata caricata correttamente.",
    "Please provide the page you want me to transcribe.",
    "Sure! Please upload the scan you'd like me to read.",
    "Could you please share the document you would like transcribed?",
    "Por favor, sube la imagen que quieres que transcriba.",
    "Por favor, envie a imagem para que eu possa transcrever o texto.",
    "Veuillez joindre le document que vous souhaitez que je transcrive.",
    "Bitte senden Sie mir das Dokument, das ich lesen soll.",
    "Per favore, carica l'immagine che vuoi che trascriva.",
    "Error: failed to process the image.",
    "I won't be able to reproduce the text of this page because it is protected by copyright.",
]
